"""What is predicted: the objective that training minimises, and which answers are possible."""

OBJECTIVE = "binary:logistic"  # of XGBoost; model/export.py lists those that have an ONNX graph
MEANING = "probability of leaving 15 minutes late or more, or of being cancelled"
LOW, HIGH = 0, 1  # an answer outside is a failure: the server says 500
AGREEMENT = 1e-6  # how far the ONNX graph may be from XGBoost, in the unit of the answer; measured: 3e-7
