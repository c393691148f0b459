"""Parts of algorithms with one policy for hybrid actions."""
