"""Presets: named settings of new sounds and of their delivery, for any model."""
