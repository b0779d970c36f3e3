"""The design system: the official NHS.UK frontend as template tags and form templates."""
