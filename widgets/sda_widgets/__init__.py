"""SDA's widgets: windows onto sda_lib for JupyterLab and the served dashboard."""
