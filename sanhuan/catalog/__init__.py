"""What objects, fields, views, pages, rules, roles and apps are; definitions as tables."""
