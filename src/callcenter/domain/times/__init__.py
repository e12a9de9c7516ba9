"""When is it, and until when? Instants, days, seasons, the calendar and the windows, where a customer lives."""
