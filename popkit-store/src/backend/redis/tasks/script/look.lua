  return c
end
