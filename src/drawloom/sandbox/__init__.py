"""The sandbox: walls, zygote, children, limits, doctor."""
