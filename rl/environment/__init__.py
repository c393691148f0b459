"""The decision process and its faces: observations, actions, masks, rewards, episodes."""
