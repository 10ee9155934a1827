"""What the tests share: a clock moved by hand, a provider that does as told, a small world."""
