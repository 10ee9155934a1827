"""The shared tables: campaigns, contacts, enrolments, and the standing of each delivery.

All projections may read them. No projection reads the tables of another.
"""
