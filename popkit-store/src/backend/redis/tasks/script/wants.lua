local wants = {}
