"""Files with tables, opened as a stream of rows: CSV and XLSX, from anywhere, and not to be trusted."""
