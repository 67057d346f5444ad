"""L&D's screens about quizzes, inside the CMS."""
