"""What ./leadmill doctor looks at, one module an area."""
