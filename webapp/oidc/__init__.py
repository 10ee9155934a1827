"""Signing in by an identity provider, with OpenID Connect; imported only where one is set."""
