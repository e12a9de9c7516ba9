"""What is a plan to do, and when? Its life, due dates, and the cadence in which callbacks come again."""
