"""Who a record goes to: scored, given to the best, with the reason in words."""
