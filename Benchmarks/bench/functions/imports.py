"""Imports what small functions import, and answers."""

import base64
import datetime
import decimal
import hashlib
import json
import logging
import os
import re
import sys
import urllib.request
import uuid

LIBRARIES = (base64, datetime, decimal, hashlib, json, logging, os, re, sys, urllib.request, uuid)


def handler(event, context):
    return {"libraries": len(LIBRARIES), "interpreter": sys.executable}
