"""SMTP: what is on the wire, and sending. Nothing here knows YAML, as providers do."""
