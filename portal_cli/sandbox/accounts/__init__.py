"""Accounts of the practice portal: what a patient signs in with, and may see and change about it.

`service` is the whole; below it `directory` knows accounts and passwords, `registrations` makes new ones, `recovery`
helps those who forgot, `two_step` and `second_steps` ask for more than a password, `contacts` changes where codes go,
`sessions` and `devices` know who is signed in. All of these take values and give values; `api` is their JSON face.
`mailbox` keeps what would be sent, `post` sends e-mails over SMTP.
"""
