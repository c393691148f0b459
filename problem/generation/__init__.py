"""Drawing instances from scenarios."""
