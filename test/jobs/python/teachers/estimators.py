"""Estimators of scikit-learn, XGBoost and LightGBM. They take raw numbers."""

import lightgbm
import onnxmltools
import xgboost
from onnxmltools.convert.common.data_types import FloatTensorType
from skl2onnx import to_onnx
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from teachers.answers import answers

OPSETS = {"": 15, "ai.onnx.ml": 3}


def sklearn_teacher(folder, data, model, **options):
    x, y = data.x["train"], data.y["train"]
    model.fit(x, y)
    converted = to_onnx(model, x[:1], target_opset=OPSETS, options={id(model): options} if options else None)
    (folder / "teacher.onnx").write_bytes(converted.SerializeToString())
    if data.task == "regression":
        return answers("numbers", lambda x: model.predict(x).reshape(len(x), -1))
    return answers("probabilities", model.predict_proba)


def forest(folder, data):
    return sklearn_teacher(folder, data, RandomForestClassifier(40, random_state=0))


def forest_arrays(folder, data):
    return sklearn_teacher(folder, data, RandomForestClassifier(40, max_depth=8, random_state=0), zipmap=False)


def forest_of_numbers(folder, data):
    return sklearn_teacher(folder, data, RandomForestRegressor(6, max_depth=4, random_state=0))


def ridge(folder, data):
    return sklearn_teacher(folder, data, Ridge())


def gradient_boosting(folder, data):
    return sklearn_teacher(folder, data, GradientBoostingClassifier(n_estimators=20, random_state=0))


def logistic(folder, data):
    return sklearn_teacher(folder, data, make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)))


def support_vectors(folder, data):
    return sklearn_teacher(folder, data, make_pipeline(StandardScaler(), SVC(probability=True, random_state=0)))


def sklearn_network(folder, data):
    return sklearn_teacher(folder, data, make_pipeline(StandardScaler(), MLPClassifier((32,), max_iter=300, random_state=0)))


def boosted(folder, data, model, convert):
    model.fit(data.x["train"], data.y["train"])
    ports = [("input", FloatTensorType([None, data.x["train"].shape[1]]))]
    (folder / "teacher.onnx").write_bytes(convert(model, initial_types=ports, target_opset=15).SerializeToString())
    if data.task == "regression":
        return answers("numbers", lambda x: model.predict(x).reshape(len(x), -1))
    return answers("probabilities", model.predict_proba)


def xgb(folder, data):
    return boosted(folder, data, xgboost.XGBClassifier(n_estimators=30, max_depth=4), onnxmltools.convert_xgboost)


def xgb_of_numbers(folder, data):
    return boosted(folder, data, xgboost.XGBRegressor(n_estimators=30, max_depth=3), onnxmltools.convert_xgboost)


def lgbm(folder, data):
    return boosted(folder, data, lightgbm.LGBMClassifier(n_estimators=30, verbose=-1), onnxmltools.convert_lightgbm)


def lgbm_of_numbers(folder, data):
    return boosted(folder, data, lightgbm.LGBMRegressor(n_estimators=30, verbose=-1), onnxmltools.convert_lightgbm)
