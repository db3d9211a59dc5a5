provider "aws" {
  region = var.region
}

module "storage" {
  source      = "../../modules/storage"
  bucket_name = var.bucket_name
}

module "transcode" {
  source      = "../../modules/transcode"
  name        = "marquee-staging"
  image_uri   = var.transcode_image_uri
  bucket_id   = module.storage.bucket_id
  bucket_arn  = module.storage.bucket_arn
  origin_url  = var.origin_url
  secrets_arn = var.secrets_arn
}

module "edge" {
  source             = "../../modules/edge"
  name               = "marquee-staging"
  image_uri          = var.edge_image_uri
  vpc_id             = var.vpc_id
  region             = var.region
  cluster_arn        = var.cluster_arn
  execution_role_arn = var.execution_role_arn
  private_subnets    = var.private_subnets
  security_groups    = var.edge_security_groups
  public_origin      = var.public_origin
  origin_url         = var.origin_url
  valkey_url         = var.valkey_url
  objects_url        = "https://${module.storage.bucket_id}.s3.${var.region}.amazonaws.com"
  secrets_arn        = var.secrets_arn
}
