"""What algorithms share: the registry, hyper-parameters and their search."""
