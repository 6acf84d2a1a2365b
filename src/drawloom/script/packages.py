"""Which package brings a module, where the two have different names."""

from __future__ import annotations

import sys

_BRINGS = {
    "Bio": "biopython",
    "Crypto": "pycryptodome",
    "IPython": "ipython",
    "Levenshtein": "levenshtein",
    "OpenSSL": "pyopenssl",
    "PIL": "pillow",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "community": "python-louvain",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "fitz": "pymupdf",
    "git": "gitpython",
    "google.protobuf": "protobuf",
    "imblearn": "imbalanced-learn",
    "interpret": "interpret-core",
    "jose": "python-jose",
    "jwt": "pyjwt",
    "kafka": "kafka-python",
    "magic": "python-magic",
    "MySQLdb": "mysqlclient",
    "mpl_toolkits.basemap": "basemap",
    "osgeo": "gdal",
    "pptx": "python-pptx",
    "psycopg2": "psycopg2-binary",
    "pywt": "pywavelets",
    "ruamel": "ruamel-yaml",
    "ruamel.yaml": "ruamel-yaml",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "skopt": "scikit-optimize",
    "slugify": "python-slugify",
    "talib": "ta-lib",
    "umap": "umap-learn",
    "usb": "pyusb",
    "wx": "wxpython",
    "yaml": "pyyaml",
    "zmq": "pyzmq",
}


def bringing(module: str) -> str | None:
    """Give the package that brings a module: by the table, else the one of the same name.

    None for what no package can bring: a module of Python itself, or a private one.
    """
    top = module.partition(".")[0]
    for name in (".".join(module.split(".")[:2]), top):
        if name in _BRINGS:
            return _BRINGS[name]
    if not top.isascii() or top.startswith("_") or top in sys.stdlib_module_names:
        return None
    return top.replace("_", "-").lower()
