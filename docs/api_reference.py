"""The public names of skmlic, in the order in which the API reference shows them.

This is the only such list: conf.py generates the pages of the reference from it, one per module,
and tests/test_package.py compares it with the names that the modules export. Add a new name to the
section that it belongs to, and a section for a new module.
"""

API_REFERENCE = [
    {
        "title": "Classifier and embedder",
        "module": "skmlic",
        "names": [
            "TransferMultiLabelClassifier",
            "TrainingOptions",
            "ImageEmbedder",
            "list_backbones",
            "model_stages",
        ],
    },
    {
        "title": "Streams of images",
        "module": "skmlic",
        "names": [
            "predict_stream",
        ],
    },
    {
        "title": "Model files",
        "module": "skmlic",
        "names": [
            "save_model",
            "load_model",
        ],
    },
    {
        "title": "Files of other libraries",
        "module": "skmlic.export",
        "names": [
            "export_onnx",
            "export_openvino",
            "get_trusted_types",
        ],
    },
    {
        "title": "HTML reports",
        "module": "skmlic",
        "names": [
            "report",
            "report_dataset",
        ],
    },
    {
        "title": "Feature store and configuration",
        "module": "skmlic",
        "names": [
            "cache_info",
            "clear_cache",
            "set_config",
            "get_config",
            "config_context",
        ],
    },
    {
        "title": "Versions",
        "module": "skmlic",
        "names": [
            "show_versions",
        ],
    },
    {
        "title": "Thresholds",
        "module": "skmlic.model_selection",
        "names": [
            "TunedThresholdMultiLabelClassifierCV",
            "FixedThresholdMultiLabelClassifier",
        ],
    },
    {
        "title": "Splits",
        "module": "skmlic.model_selection",
        "names": [
            "MultiLabelStratifiedKFold",
            "RepeatedMultiLabelStratifiedKFold",
            "MultiLabelStratifiedShuffleSplit",
            "MultiLabelStratifiedGroupKFold",
            "multilabel_train_test_split",
        ],
    },
    {
        "title": "Objectives of thresholds",
        "module": "skmlic.objectives",
        "names": [
            "Objective",
            "FBeta",
            "Jaccard",
            "SubsetAccuracy",
            "LabelAccuracy",
            "BalancedAccuracy",
            "RecallAtPrecision",
            "PrecisionAtRecall",
            "ExpectedCost",
        ],
    },
    {
        "title": "Kernel ridge regression",
        "module": "skmlic.kernel_ridge",
        "names": [
            "KernelRidgeMultiLabelClassifierCV",
        ],
    },
    {
        "title": "Several machines",
        "module": "skmlic.distributed",
        "names": [
            "embed_to_parquet",
            "FeatureBatches",
        ],
    },
    {
        "title": "Calibration",
        "module": "skmlic.calibration",
        "names": [
            "CalibratedMultiLabelClassifierCV",
        ],
    },
    {
        "title": "Scorers and reports",
        "module": "skmlic.metrics",
        "names": [
            "get_scorer",
            "get_scorer_names",
            "multilabel_scorers",
            "classification_report",
        ],
    },
    {
        "title": "Scores of rankings",
        "module": "skmlic.metrics",
        "names": [
            "average_precision_score",
            "roc_auc_score",
            "one_label_accuracy_score",
            "one_error",
            "coverage_error",
            "label_ranking_loss",
            "label_ranking_average_precision_score",
        ],
    },
    {
        "title": "Scores of predictions",
        "module": "skmlic.metrics",
        "names": [
            "precision_score",
            "recall_score",
            "fbeta_score",
            "f1_score",
            "jaccard_score",
            "overall_and_class_scores",
            "top_k_labels",
            "subset_accuracy_score",
            "label_accuracy_score",
            "balanced_accuracy_score",
            "hamming_loss",
            "multilabel_confusion_matrix",
        ],
    },
    {
        "title": "Scores of probabilities",
        "module": "skmlic.metrics",
        "names": [
            "log_loss",
            "brier_score_loss",
            "expected_calibration_error",
        ],
    },
    {
        "title": "Imbalance",
        "module": "skmlic.metrics",
        "names": [
            "imbalance_summary",
            "ImbalanceSummary",
        ],
    },
    {
        "title": "Displays",
        "module": "skmlic.plots",
        "names": [
            "MultiLabelPrecisionRecallDisplay",
            "MultiLabelRocCurveDisplay",
            "LabelScoresDisplay",
            "MultiLabelConfusionMatrixDisplay",
            "ThresholdCurveDisplay",
            "MultiLabelCalibrationDisplay",
            "LabelFrequencyDisplay",
            "LabelCooccurrenceDisplay",
            "TrainingHistoryDisplay",
            "PredictionGalleryDisplay",
            "LabelIssuesDisplay",
            "LabelActivationMapDisplay",
        ],
    },
    {
        "title": "Label activation maps",
        "module": "skmlic.inspection",
        "names": [
            "label_activation_maps",
        ],
    },
    {
        "title": "Datasets",
        "module": "skmlic.datasets",
        "names": [
            "load_dataset",
            "load_labelled_images",
            "load_label_lists",
            "load_json_lines",
            "load_voc",
            "load_coco",
            "fetch_voc2007",
            "fetch_voc2012",
            "fetch_coco",
            "describe_dataset",
            "DatasetReport",
            "make_multilabel_shapes",
            "make_digit_scenes",
        ],
    },
    {
        "title": "Label errors",
        "module": "skmlic.label_issues",
        "names": [
            "find_label_issues",
        ],
    },
    {
        "title": "Near-duplicates",
        "module": "skmlic.duplicates",
        "names": [
            "find_duplicates",
            "group_duplicates",
        ],
    },
    {
        "title": "Images to label next",
        "module": "skmlic.active_learning",
        "names": [
            "suggest_images",
        ],
    },
    {
        "title": "Selection of labels and samples",
        "module": "skmlic.sampling",
        "names": [
            "drop_rare_labels",
            "select_labels",
            "undersample_unlabelled",
            "MultiLabelRandomOverSampler",
            "MultiLabelRandomUnderSampler",
        ],
    },
    {
        "title": "Label weights",
        "module": "skmlic.class_weight",
        "names": [
            "compute_label_weight",
            "ScaledLabelWeight",
        ],
    },
    {
        "title": "Losses",
        "module": "skmlic.losses",
        "names": [
            "make_loss",
            "BCELoss",
            "FocalLoss",
            "AsymmetricLoss",
            "DistributionBalancedLoss",
            "TwoWayLoss",
            "ZLPRLoss",
            "FBetaLoss",
            "MSELoss",
            "L1Loss",
            "SoftMarginLoss",
            "HammingLoss",
            "AssumedNegatives",
            "LOSSES",
        ],
    },
    {
        "title": "Augmentation",
        "module": "skmlic.augmentation",
        "names": [
            "list_augmentations",
            "make_augmentation",
            "mix",
        ],
    },
    {
        "title": "Learning rates",
        "module": "skmlic.learning_rate",
        "names": [
            "LearningRateFinder",
            "LearningRateDisplay",
        ],
    },
    {
        "title": "Comparison of backbones",
        "module": "skmlic.comparison",
        "names": [
            "compare_backbones",
            "BackboneComparisonDisplay",
        ],
    },
    {
        "title": "Published systems",
        "module": "skmlic.recipes",
        "names": [
            "list_recipes",
            "describe_recipe",
            "get_recipe",
        ],
    },
    {
        "title": "Baseline",
        "module": "skmlic.dummy",
        "names": [
            "DummyMultiLabelClassifier",
        ],
    },
    {
        "title": "Command line",
        "module": "skmlic.cli",
        "names": [
            "main",
        ],
    },
    {
        "title": "Errors and warnings",
        "module": "skmlic.exceptions",
        "names": [
            "FileRefusedError",
            "ImageReadError",
            "ImageReadWarning",
            "ModelFileError",
            "WeightsNotFoundError",
        ],
    },
]
