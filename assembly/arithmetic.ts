// arithmetic
