"""Notices to the patient outside the program: e-mail and the desktop.

What a notice says is decided elsewhere; here it is handed over, and what became of it is told: nothing is raised when
it arrived, NoticeFailed when it did not for certain, NoticeDoubtful when nobody knows.
"""
