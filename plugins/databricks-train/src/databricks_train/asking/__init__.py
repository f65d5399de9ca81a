"""What one build asks for: parameters, profiles."""
