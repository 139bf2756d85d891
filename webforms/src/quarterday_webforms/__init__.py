"""Forms for suppliers, pages for the council."""
