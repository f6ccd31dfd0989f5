"""Cuts the fonts of the papers out of Noto Serif SC: make.py PACKAGE TARGET."""

import gzip
import pathlib
import sys

from fontTools import subset

source, target = map(pathlib.Path, sys.argv[1:])
UNUSED = ["GSUB", "GPOS", "GDEF", "BASE", "STAT", "vhea", "vmtx", "gasp", "prep", "GlyphOrder"]


def gb2312():
    for a in range(0xA1, 0xF8):
        for b in range(0xA1, 0xFF):
            try:
                yield ord(bytes([a, b]).decode("gb2312"))
            except UnicodeDecodeError:
                pass


def cut(weight, name, chars=None):
    options = subset.Options(layout_features=[], hinting=False, name_IDs=["*"], notdef_outline=True)
    options.drop_tables += UNUSED
    font = subset.load_font(str(source / weight / f"NotoSerifSC_{weight}.ttf"), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=chars or font.getBestCmap().keys())
    subsetter.subset(font)
    file = target / f"{name}.ttf"
    subset.save_font(font, str(file), options)
    (target / f"{name}.ttf.gz").write_bytes(gzip.compress(file.read_bytes(), 9, mtime=0))
    file.unlink()


cut("400Regular", "NotoSerifSC-Regular")
latin = range(0x20, 0x17F), range(0x2010, 0x2050), range(0x20000, 0x31350)
cut("700Bold", "NotoSerifSC-Bold", {*gb2312(), *(c for r in latin for c in r), 0x3014, 0x3015})
