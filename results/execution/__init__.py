"""Running cells, here or on a cluster, in processes that can be killed."""
