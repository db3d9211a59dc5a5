variable "region" {
  description = "AWS region"
  type        = string
}

variable "bucket_name" {
  description = "Name of the media bucket"
  type        = string
}

variable "transcode_image_uri" {
  description = "Image of the transcode handler, by digest"
  type        = string
}

variable "edge_image_uri" {
  description = "Image of the edge, by digest"
  type        = string
}

variable "vpc_id" {
  description = "VPC"
  type        = string
}

variable "cluster_arn" {
  description = "ECS cluster"
  type        = string
}

variable "execution_role_arn" {
  description = "ECS execution role"
  type        = string
}

variable "private_subnets" {
  description = "Private subnets"
  type        = list(string)
}

variable "edge_security_groups" {
  description = "Security groups of the edge"
  type        = list(string)
}

variable "public_origin" {
  description = "The viewers' address"
  type        = string
}

variable "origin_url" {
  description = "Origin's private address"
  type        = string
}

variable "valkey_url" {
  description = "rediss:// with the port"
  type        = string
}

variable "secrets_arn" {
  description = "ARN of the secret"
  type        = string
}
