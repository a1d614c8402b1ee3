// matmul-reference
