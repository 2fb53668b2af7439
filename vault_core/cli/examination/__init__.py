"""Is what is stored sound, and the machine right?"""
