"""What is predicted: the objective that training minimises, and which answers are possible."""

OBJECTIVE = "count:poisson"  # of XGBoost; model/export.py lists those that have an ONNX graph
MEANING = "bikes rented in the hour"
LOW, HIGH = 0, 5000  # an answer outside is a failure: the server says 500
AGREEMENT = 1e-2  # how far the ONNX graph may be from XGBoost, in the unit of the answer
