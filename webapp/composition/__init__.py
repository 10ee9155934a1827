"""What the application is composed of, by subject: where each part is, and how it is built.

A part is imported and built at its first use, so that a short command starts fast. `Application`
inherits the classes here.
"""
