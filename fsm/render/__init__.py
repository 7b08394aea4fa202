"""Pictures of specs: plain data, and a renderer for each syntax."""
