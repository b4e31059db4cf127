-- No query is answered by it: lists go by number, counts of today by time. Each save and each stored entry paid for it.
DROP INDEX record_by_model;
