"""Notices to people: what staff should look at, by mail and to webhook endpoints, once each."""
