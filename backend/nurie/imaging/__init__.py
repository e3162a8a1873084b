"""Line art, placement, full-resolution colour and colour science, on numpy, OpenCV and Pillow alone."""
