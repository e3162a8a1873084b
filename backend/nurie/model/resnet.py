"""ResNet-101 (He et al. 2015) as PSC uses it: replicate padding, no classifier, feature maps of every stage."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["ResNet101"]

WIDTHS = (64, 128, 256, 512)
BLOCKS = (3, 4, 23, 3)
EXPANSION = 4


class BottleneckBlock(nn.Module):
    """1x1, 3x3 (which carries the stride: "version 1.5"), 1x1 to 4 times the width, plus the shortcut."""

    def __init__(self, cin: int, width: int, stride: int) -> None:
        super().__init__()
        cout = EXPANSION * width
        self.conv1 = nn.Conv2d(cin, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False, padding_mode="replicate")
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, cout, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(cout)
        self.downsample = (
            nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))
            if stride > 1 or cin != cout
            else None
        )

    def forward(self, x: Tensor) -> Tensor:
        h = F.relu(self.bn1(self.conv1(x)))
        h = F.relu(self.bn2(self.conv2(h)))
        shortcut: Tensor = x if self.downsample is None else self.downsample(x)
        return F.relu(self.bn3(self.conv3(h)) + shortcut)


class ResNet101(nn.Module):
    """image (B, 3, H, W), ImageNet-normalised, to the maps of the first `stages` stages, strides 4, 8, 16, 32."""

    def __init__(self, stages: int = 4) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, WIDTHS[0], 7, 2, padding=3, bias=False, padding_mode="replicate")
        self.bn1 = nn.BatchNorm2d(WIDTHS[0])
        cin = WIDTHS[0]
        layers = []
        for stage in range(stages):
            blocks = []
            for index in range(BLOCKS[stage]):
                blocks.append(BottleneckBlock(cin, WIDTHS[stage], 2 if stage and not index else 1))
                cin = EXPANSION * WIDTHS[stage]
            layers.append(nn.Sequential(*blocks))
        self.layers = nn.ModuleList(layers)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, image: Tensor, stages: int | None = None) -> list[Tensor]:
        """The maps, of the first `stages` stages only where that is given."""
        h = F.max_pool2d(F.relu(self.bn1(self.conv1(image))), 3, 2, padding=1)
        maps = []
        for layer in self.layers[:stages]:
            h = layer(h)
            maps.append(h)
        return maps
