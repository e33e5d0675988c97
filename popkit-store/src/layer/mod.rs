//! Layers: stores around stores.
