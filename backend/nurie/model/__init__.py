"""The networks: reference U-Net, denoising U-Net, correspondence. Importing the package alone imports no torch."""
