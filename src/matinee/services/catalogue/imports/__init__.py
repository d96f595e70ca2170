"""Titles from elsewhere: CSV files, NFO side files and TMDB, as durable jobs that can be repeated without harm."""
