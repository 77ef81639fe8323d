"""What a CX team looks at: pages in English and Indonesian that draw a Report and compute nothing."""
