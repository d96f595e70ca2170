"""Moving pictures: each function returns a picture that draws one shot."""
