"""The third front door: the conformance kit a plugin is tested with."""
