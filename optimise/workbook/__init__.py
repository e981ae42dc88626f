"""The plan as a workbook for finance officers: what its sheets hold, and how they are written."""
