variable "name" {
  description = "Prefix of every name"
  type        = string
}

variable "image_uri" {
  description = "Image with the handler and ffmpeg, by digest"
  type        = string
}

variable "bucket_id" {
  description = "Name of the media bucket"
  type        = string
}

variable "bucket_arn" {
  description = "ARN of the media bucket"
  type        = string
}

variable "origin_url" {
  description = "Where the handler reports its tasks, reachable from Lambda"
  type        = string
}

variable "secrets_arn" {
  description = "ARN of the secret, a JSON object with SERVICE_KEYS, CONTENT_KEY_SEEDS and KID_SEED; the function reads it itself"
  type        = string
}

variable "preset" {
  description = "Encoder preset: fast, standard or premium"
  type        = string
  default     = "standard"
}

variable "timeout_s" {
  description = "Seconds one task may take; 900 is Lambda's limit"
  type        = number
  default     = 900
}

variable "concurrency" {
  description = "Tasks at once, 2 to 1000"
  type        = number
  default     = 200
}
