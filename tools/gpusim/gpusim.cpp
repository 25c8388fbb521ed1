// The shared library is made of its parts.
