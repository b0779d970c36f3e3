"""Which browser somebody used, in words."""

# The first that occurs in the user agent names it, so those that call themselves others too come first.
BROWSERS = [("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox")]
BROWSERS += [("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari")]
SYSTEMS = [("Windows", "Windows"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android")]
SYSTEMS += [("CrOS", "ChromeOS"), ("Mac OS X", "Mac"), ("Linux", "Linux")]


def in_words(user_agent):
    """Such as "Edge on Windows"; "Unknown browser" for one that is none of the usual."""
    browser = next((words for mark, words in BROWSERS if mark in user_agent), "Unknown browser")
    system = next((words for mark, words in SYSTEMS if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser
