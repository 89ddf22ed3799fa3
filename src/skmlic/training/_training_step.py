"""Training steps with mixed samples, accumulated batches and scaled gradients."""

import torch
from skorch.dataset import unpack_data
from skorch.utils import TeeGenerator, to_tensor

from skmlic.augmentation import mix
from skmlic.losses import count_terms
from skmlic.training._net import MultiLabelNet
from skmlic.training._tensor_data import split_sizes

# Part of torch's error for batch normalization of a single value.
_ONE_VALUE = "Expected more than 1 value per channel"


class TrainableNet(MultiLabelNet):
    """A net whose batch may go through the network in parts.

    Parameters
    ----------
    *args, **kwargs : see skorch.NeuralNet
    part_size : int or None
        Number of images that pass through the network at once; a single one that is left over
        joins the others before it. ``None`` is the whole batch. The
        gradient is that of the whole batch for losses that are means over entries or samples;
        losses that contrast the samples of a batch see a part only.
    mix : {"mixup", "cutmix", "either"} or None
        How the images of a part, or their features, are mixed.
    scale_gradients : bool
        Whether the loss is scaled up before gradients are computed, and gradients scaled down, so
        that small ones do not vanish in float16.
    """

    def __init__(self, *args, part_size=None, mix=None, scale_gradients=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.part_size = part_size
        self.mix = mix
        self.scale_gradients = scale_gradients

    def initialize_optimizer(self, *args, **kwargs):
        """Make the optimizer and its gradient scaler."""
        super().initialize_optimizer(*args, **kwargs)
        device_type = torch.device(self.device).type
        self.scaler_ = torch.amp.GradScaler(device_type, enabled=self.scale_gradients)
        return self

    def get_all_learnable_params(self):
        """Yield trainable parameters: the same ones whether or not frozen stages are cut off."""
        for name, parameter in super().get_all_learnable_params():
            if parameter.requires_grad:
                yield name, parameter

    def train_step(self, batch, **fit_params):
        """Make one step of the optimizer."""
        if not self.scale_gradients:
            return super().train_step(batch, **fit_params)
        # A scaler does not support closures.
        self._zero_grad_optimizer()
        step = self.train_step_single(batch, **fit_params)
        self.scaler_.unscale_(self.optimizer_)
        self.notify(
            "on_grad_computed",
            named_parameters=TeeGenerator(self.get_all_learnable_params()),
            batch=batch,
            training=True,
        )
        self.scaler_.step(self.optimizer_)
        self.scaler_.update()
        return step

    def _compute_gradients(self, batch, **fit_params):
        self._set_training(True)
        X, y = unpack_data(batch)
        n_entries = (y[0] if isinstance(y, tuple) else y).numel()
        X, y = (_split(part, self.part_size) for part in (X, y))
        logits, losses, fractions = [], [], []
        for X_part, y_part in zip(X, y, strict=True):
            X_part, y_part = self._mix(X_part, y_part)
            logits.append(self._infer_part(X_part, **fit_params))
            loss = self.get_loss(logits[-1], y_part, X=X_part, training=True)
            fraction = 1 if len(X) == 1 else count_terms(self.criterion_, y_part) / n_entries
            self.scaler_.scale(loss * fraction).backward()
            logits[-1] = logits[-1].detach()
            losses.append(loss.detach() * fraction)
            fractions.append(fraction)
        loss = sum(losses)
        if len(X) > 1:
            # The number of terms is known only now, since mixing makes labels missing.
            total = sum(fractions).clamp(min=torch.finfo(loss.dtype).tiny)
            for parameter in self.module_.parameters():
                if parameter.grad is not None:
                    parameter.grad.div_(total)
            loss = loss / total
        return {"loss": loss, "y_pred": torch.cat(logits)}

    def _infer_part(self, X, **fit_params):
        try:
            return self.infer(X, **fit_params)
        except ValueError as error:
            if _ONE_VALUE not in str(error):
                raise
            n_images = len(X[0] if isinstance(X, tuple) else X)
            raise ValueError(
                "freeze_batch_norm=False: batch normalization can't compute statistics of "
                f"{n_images} image{'s' if n_images > 1 else ''} ({error}). Raise batch_size to 2 "
                "or more and pass more than one image, or leave freeze_batch_norm=True."
            ) from error

    def _mix(self, X, target):
        if self.mix is None:
            return X, target
        X, target = (to_tensor(part, device=self.device) for part in (X, target))
        if X.ndim == 2:
            mixed, target = mix(X[:, :, None, None], target, self.mix)
            return mixed[:, :, 0, 0], target
        mixed, target = mix(X.permute(0, 3, 1, 2).float(), target, self.mix)
        return mixed.permute(0, 2, 3, 1), target


def _split(part, size):
    """Return the parts of a tensor, or of a tuple of tensors, of at most so many rows."""
    if size is None:
        return [part]
    if isinstance(part, tuple):
        return list(zip(*(_split(one, size) for one in part), strict=True))
    return part.split(split_sizes(len(part), size))
