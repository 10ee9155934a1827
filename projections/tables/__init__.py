"""What every page stands on: campaigns, contacts, enrolments, and the standing of each delivery.

Several projections' pages read these tables; their own tables they never show one another.
"""
