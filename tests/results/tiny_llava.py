"""A multimodal model of the LLaVA type, with random weights and a few thousand parameters, saved to a folder."""

from pathlib import Path

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from transformers import (
    CLIPImageProcessorPil,
    CLIPVisionConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)

SPECIAL = ["<unk>", "<s>", "</s>", "<pad>", "<image>"]
WORDS = [*SPECIAL, "USER:", "ASSISTANT:", "A", "B", "what", "is", "this", "a", "red", "circle"]
PATCH, SIDE = 14, 28
CHAT = (
    "{% for message in messages %}USER: {% for part in message['content'] %}"
    "{{ '<image> ' if part['type'] == 'image' else part['text'] }}{% endfor %} ASSISTANT: {% endfor %}"
)


def save_model(folder: Path, ends_at: int = 2) -> LlavaForConditionalGeneration:
    """Save the model with its processor; it stops at the token ``ends_at``."""
    torch.manual_seed(0)
    vision = CLIPVisionConfig(
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=SIDE,
        patch_size=PATCH,
        projection_dim=16,
    )
    text = LlamaConfig(
        vocab_size=len(WORDS),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        bos_token_id=1,
        eos_token_id=ends_at,
        pad_token_id=3,
    )
    config = LlavaConfig(vision_config=vision, text_config=text, image_token_id=WORDS.index("<image>"))
    model = LlavaForConditionalGeneration(config)
    model.generation_config.eos_token_id = ends_at
    model.save_pretrained(folder, safe_serialization=True)
    processor().save_pretrained(folder)
    return model


def processor() -> LlavaProcessor:
    """Return what turns an image and words into tensors."""
    tokens = Tokenizer(WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="<unk>"))
    tokens.pre_tokenizer = WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=tokens,
        unk_token="<unk>",
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        additional_special_tokens=["<image>"],
    )
    images = CLIPImageProcessorPil(size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE})
    return LlavaProcessor(
        images,
        tokenizer,
        patch_size=PATCH,
        vision_feature_select_strategy="default",
        chat_template=CHAT,
        num_additional_image_tokens=1,
    )
