"""Access log subscriptions with boto3 and the AWS CLI."""

import botocore.exceptions
import pytest

BUCKET = "arn:aws:s3:::access-logs/lattice"
STREAM = "arn:aws:firehose:us-east-1:123456789012:deliverystream/access"
LOG_GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:/lattice/access:*"


def code_of(call, **members):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**members)
    return caught.value.response["Error"]["Code"]


def test_subscriptions_of_a_network_and_a_service(own_server):
    lattice = own_server.client("vpc-lattice")
    network = lattice.create_service_network(name="logged")
    service = lattice.create_service(name="logged")
    made = lattice.create_access_log_subscription(
        resourceIdentifier=network["id"], destinationArn=BUCKET, serviceNetworkLogType="RESOURCE",
        tags={"team": "orders"})
    assert (made["resourceArn"], made["serviceNetworkLogType"]) == (network["arn"], "RESOURCE")
    assert lattice.list_tags_for_resource(resourceArn=made["arn"])["tags"] == {"team": "orders"}
    of_service = lattice.create_access_log_subscription(resourceIdentifier=service["arn"], destinationArn=STREAM)
    assert "serviceNetworkLogType" not in of_service

    assert code_of(lattice.create_access_log_subscription, resourceIdentifier=network["arn"],
                   destinationArn="arn:aws:s3:::another-bucket") == "ConflictException"
    assert code_of(lattice.create_access_log_subscription, resourceIdentifier=network["id"],
                   destinationArn="arn:aws:sqs:us-east-1:123456789012:queue") == "ValidationException"
    assert code_of(lattice.create_access_log_subscription, resourceIdentifier="svc-0123456789abcdef0",
                   destinationArn=BUCKET) == "ResourceNotFoundException"

    moved = lattice.update_access_log_subscription(
        accessLogSubscriptionIdentifier=made["arn"], destinationArn=LOG_GROUP)
    assert moved["destinationArn"] == LOG_GROUP
    read = lattice.get_access_log_subscription(accessLogSubscriptionIdentifier=made["id"])
    assert read["destinationArn"] == LOG_GROUP and read["lastUpdatedAt"] >= read["createdAt"]

    lattice.create_access_log_subscription(resourceIdentifier=network["id"], destinationArn=BUCKET)
    pages = lattice.get_paginator("list_access_log_subscriptions").paginate(
        resourceIdentifier=network["id"], PaginationConfig={"PageSize": 1})
    assert [[item["destinationArn"] for item in page["items"]] for page in pages] == [[LOG_GROUP], [BUCKET]]
    listed = own_server.aws("vpc-lattice", "list-access-log-subscriptions", "--resource-identifier", service["id"])
    assert [item["id"] for item in listed["items"]] == [of_service["id"]]

    # They are still there after a restart, and go with their resource.
    own_server.restart()
    lattice = own_server.client("vpc-lattice")
    assert lattice.get_access_log_subscription(accessLogSubscriptionIdentifier=made["id"])["id"] == made["id"]
    lattice.delete_access_log_subscription(accessLogSubscriptionIdentifier=of_service["id"])
    assert code_of(lattice.get_access_log_subscription,
                   accessLogSubscriptionIdentifier=of_service["id"]) == "ResourceNotFoundException"
    lattice.delete_service_network(serviceNetworkIdentifier=network["id"])
    assert code_of(lattice.get_access_log_subscription,
                   accessLogSubscriptionIdentifier=made["id"]) == "ResourceNotFoundException"
